from bisect import bisect_right

from propersim.memory.evidence import *
from propersim.world.catalogue import activities, tones, topics

ACT={a:i for i,a in enumerate(activities())}; TOP={t:i for i,t in enumerate(topics())}; TON={t:i for i,t in enumerate(tones())}
def lev(t):
    n=t.count
    if not n: return 0
    s=t.yes/n; sb=0 if t.yes==0 else 5 if t.no==0 else 1 if s<=.15 else 2 if s<.5 else 3 if s<.85 else 4
    nb=0 if n==1 else 1 if n<4 else 2 if n<10 else 3
    return 1+nb*6+sb
NL=25
def gapb(g): return 0 if g is None else 1+bisect_right(GAPS,g)-1
NG=len(GAPS)+1
def ratio(g,ref):
    if g is None: return 0
    if ref is None: return 1
    r=g-ref
    return 2+bisect_right((-120,-60,-30,-15,-10,-5,-2.5,-.1,.1,2.5,5,10,20,45,90),r)
def tb(k): # a topic's evidence in one token: here, near, ever
    c=k.chance
    return (0 if not k.ever.count else 1+bisect_right((.05,.15,.3,.5,.7,.85,.95),c))
K=4
def code(e,minute,wd,act,start,focus,timers=None):
    """List of (name,size,value)"""
    out=[]
    for i,t in enumerate(e.clock): out.append((f'clock{i}',NL,lev(t)))
    out+= [('kind6',NL,lev(e.kind[0])),('kind16',NL,lev(e.kind[1])),('wday',NL,lev(e.weekday)),('bef',NL,lev(e.before)),('aft',NL,lev(e.after))]
    for i,t in enumerate(e.activity): out.append((f'act{i}',NL,lev(t)))
    out+= [('mc',NL,lev(e.missed_clock)),('ma',NL,lev(e.missed_activity)),('an',NL,lev(e.action)),('man',NL,lev(e.missed_action))]
    l=e.latest
    out.append(('lat',33,0 if l is None else 1+ (l.timing*1+l.frequency*2+l.same_action*4)*4+bisect_right((4,8,20),l.minutes_ago)))
    out.append(('latm',4,0 if l is None or l.missed is None else 1+int(l.missed)))
    out.append(('gap',NG,gapb(e.gap))); out.append(('shown',17,min(16,e.shown))); out.append(('good',17,min(16,e.good)))
    out.append(('pace',NL,lev(e.pace))); out.append(('r0',18,ratio(e.gap,e.too_soon))); out.append(('r1',18,ratio(e.gap,e.soon_enough)))
    out.append(('n1',9,0 if e.most_fine is None else 1+max(0,min(7,e.shown-e.most_fine+4)))); out.append(('full',9,0 if e.full is None else 1+max(0,min(7,e.full-e.shown+3))))
    k=e.topics
    for i in range(K): out.append((f't{i}',9,tb(k[i])))
    out.append(('tfirst_here',NL,lev(k[0].here))); out.append(('tfirst_near',NL,lev(k[0].near))); out.append(('tfirst_ever',NL,lev(k[0].ever)))
    out.append(('tn0',9,tb(e.tones[0]))); out.append(('tn0l',NL,lev(e.tones[0].ever)))
    out.append(('q',112,min(111,int(minute//15)))); out.append(('five',3,int(minute%15//5))); out.append(('wd',7,wd)); out.append(('a',len(ACT)+1,ACT.get(act,len(ACT))))
    out.append(('since',12,bisect_right((2.5,5,10,15,20,30,45,60,90,120,180),minute-start))); out.append(('foc',6,focus))
    return out
